import { expect } from 'chai';
import { contestedBy } from '../../../../src/application-manager/planner/resources.ts';
import { specOf } from '../compose/compose-one.ts';

const contested = (...ports: readonly string[]) => contestedBy(specOf({ composition: { ports } }).config);

describe('planner: what only one container at a time can have', () => {
	it('the ports of the host that it asks for, by number', () => {
		expect(contested('80:8080', '81-82:81-82/udp')).to.deep.equal([
			'host/port/udp/81',
			'host/port/udp/82',
			'host/port/tcp/80',
		]);
		expect(contested('1000-1099:1000-1099'), 'many count as all').to.deep.equal(['host/port/tcp']);
	});

	it('no port that the engine chooses: its successor gets another one', () => {
		expect(contested('8000-8010:80', '127.0.0.1::80', ':81-82')).to.deep.equal([]);
	});
});
