import type { RealEngine } from '../../support/real-engine.ts';
import { callEngine } from './engine-calls.ts';

/** The parts of a container that a copy needs. */
interface Inspection {
	readonly Config: object;
	readonly HostConfig: object;
	readonly NetworkSettings: { readonly Networks: object };
}

/** Runs another container of the same configuration, under another name. Its id. */
export async function copyContainer(engine: RealEngine, id: string, name: string): Promise<string> {
	const [inspection] = JSON.parse(await engine.docker('inspect', id)) as readonly [Inspection];
	const { Config, HostConfig, NetworkSettings } = inspection;
	// Its own id for a hostname, unless it was given one.
	const body = { ...Config, Hostname: '', HostConfig, NetworkingConfig: { EndpointsConfig: NetworkSettings.Networks } };
	const answer = await callEngine(engine.socketPath, 'POST', `/containers/create?name=${name}`, body);
	if (answer.status !== 201) throw new Error(`cannot copy ${id}: ${JSON.stringify(answer)}`);
	const { Id } = answer.body as { readonly Id: string }; // it has said "created"
	await engine.docker('start', Id);
	return Id;
}
