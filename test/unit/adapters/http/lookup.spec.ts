import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { expect } from 'chai';
import { GotClient, HttpLogUplink } from '../../../../src/adapters/http/index.ts';

/** Knows one name, and where it leads. */
const lookup: LookupFunction = (hostname, options, callback) => {
	if (hostname !== 'cloud.local') {
		callback(Object.assign(new Error('none'), { code: 'ENOTFOUND' }), '');
	} else {
		callback(null, options.all === true ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4);
	}
};

describe('requests and the log stream', () => {
	it('look names up by the given lookup', async () => {
		const server = createServer((request, response) => response.end(request.headers.host)).listen(0, '127.0.0.1');
		await once(server, 'listening');
		const host = `cloud.local:${(server.address() as AddressInfo).port}`;
		const never = new AbortController().signal;
		try {
			const request = { method: 'GET', url: `http://${host}/`, headers: {}, timeoutMs: 2000 } as const;
			expect((await new GotClient({ lookup }).request(request, never)).body).to.equal(host);
			const uplink = new HttpLogUplink({ connectTimeoutMs: 2000, lookup });
			const connection = await uplink.open({ url: `http://${host}/log-stream`, deviceApiKey: 'key' }, never);
			expect(await connection.over).to.deep.equal({ kind: 'answered', status: 200 });
			connection.destroy();
		} finally {
			server.closeAllConnections();
			server.close();
		}
	});
});
