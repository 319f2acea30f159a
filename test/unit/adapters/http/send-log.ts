import { HttpLogUplink } from '../../../../src/adapters/http/index.ts';

/** A process of its own: which authorities it trusts is settled when it starts. Says what became of one line. */
const [url = ''] = process.argv.slice(2);
try {
	const uplink = new HttpLogUplink({ connectTimeoutMs: 5000 });
	const connection = await uplink.open({ url, deviceApiKey: 'key' }, new AbortController().signal);
	await connection.write('{"message":"over TLS"}\n');
	connection.end();
	const end = await connection.over;
	console.log(end.kind === 'answered' ? `answered ${end.status}` : end.error.code);
	connection.destroy();
} catch (error) {
	console.log((error as { readonly code?: string }).code);
}
