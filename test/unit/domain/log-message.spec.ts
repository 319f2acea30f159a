import { expect } from 'chai';
import { cloudLine, localLine } from '../../../src/domain/log-message.ts';

describe('lines for the user', () => {
	const message = 'Ignoring label a\n[error] FORGED\u001b[31m';
	const shown = 'Ignoring label a\\n[error] FORGED\\u001b[31m';
	const messageOf = (line: string) => (JSON.parse(line) as { readonly message: string }).message;

	it('of the system stay one line each, in the cloud and on the device', () => {
		const line = { kind: 'system', message, timestamp: 1 } as const;
		expect(messageOf(cloudLine(line))).to.equal(shown);
		expect(localLine(line).message).to.equal(shown);
	});

	it('of the system are no longer than others for it', () => {
		const line = { kind: 'system', message: '\n'.repeat(10_000), timestamp: 1 } as const;
		expect(messageOf(cloudLine(line)))
			.to.have.length(10_000)
			.and.to.match(/\[\.\.\.\]$/);
	});

	it('of a service keep their colours', () => {
		const service = { isStdErr: false, serviceId: 1, serviceName: 'web' };
		const line = { kind: 'service', message: '\u001b[32mready', timestamp: 1, ...service } as const;
		expect(messageOf(cloudLine(line))).to.equal(line.message);
		expect(localLine(line).message).to.equal(line.message);
	});
});
