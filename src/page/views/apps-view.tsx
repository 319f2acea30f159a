import { appActions, serviceActions } from '../actions.ts';
import type { App, AppStatus, Explanation, Service } from '../answers.ts';
import type { Client } from '../client.ts';
import { formatSince, labelOf, shortRelease } from '../format.ts';
import { ActionButtons } from '../parts/action-buttons.tsx';
import { Explained, StateMark } from '../parts/explained.tsx';
import { useNow } from '../parts/use-now.ts';
import { listServices, portsOf, type ServiceRow } from '../services.ts';
import type { PageState } from '../state.ts';
import { Downloads } from './device-view.tsx';

/** Each app with its services: what runs, since when, and what would have to happen. */
export function AppsView({ state, client }: { readonly state: PageState; readonly client: Client }) {
	const apps = Object.entries(state.device?.apps ?? {}).filter(([, app]) => !app.is_host);
	return (
		<>
			<Downloads list={state.downloads} />
			{apps.length === 0 ? <p class="card">This device has no app yet.</p> : undefined}
			{apps.map(([uuid, app]) => (
				<AppCard
					key={uuid}
					client={client}
					app={app}
					status={state.status?.apps[uuid]}
					explanation={state.explanation?.parts.find((part) => part.app === uuid)}
				/>
			))}
		</>
	);
}

interface AppProps {
	readonly client: Client;
	readonly app: App;
	readonly status: AppStatus | undefined;
	readonly explanation: Explanation | undefined;
}

function AppCard({ client, app, status, explanation }: AppProps) {
	return (
		<section class="card" aria-label={`App ${app.name}`}>
			<h2>
				{app.name} <StateMark state={app.status} />
			</h2>
			{status === undefined ? undefined : (
				<p>
					{status.sentence} <ReleaseText status={status} />
				</p>
			)}
			<ul class="services">
				{listServices(app).map((row) => (
					<ServiceItem
						key={`${row.release} ${row.name}`}
						client={client}
						appId={app.id}
						row={row}
						explanation={explanation?.parts.find(({ service }) => service === row.name)}
					/>
				))}
			</ul>
			<ActionButtons client={client} actions={appActions(app)} />
		</section>
	);
}

function ReleaseText({ status: { release, wanted_release: wanted } }: { readonly status: AppStatus }) {
	return (
		<small class="release">
			Release <code>{shortRelease(release)}</code>
			{wanted === null || wanted === release ? undefined : (
				<>
					, wanted <code>{shortRelease(wanted)}</code>
				</>
			)}
		</small>
	);
}

interface ItemProps {
	readonly client: Client;
	readonly appId: number;
	readonly row: ServiceRow;
	readonly explanation: Explanation | undefined;
}

function ServiceItem({ client, appId, row: { name, release, service }, explanation }: ItemProps) {
	const isWell = explanation === undefined || explanation.state === 'on_target';
	return (
		<li class="service" data-service={name}>
			<h3>{name}</h3>
			<ServiceFacts service={service} release={release} />
			<Ports service={service} />
			<ActionButtons client={client} actions={serviceActions(appId, name, service)} />
			{isWell ? undefined : <Explained explanation={explanation} />}
		</li>
	);
}

function ServiceFacts({ service, release }: { readonly service: Service; readonly release: string }) {
	const { status, health, restart_count: restarts, exit_code: exitCode, started } = service;
	const isUp = exitCode === null && started !== null;
	const up = formatSince(started, useNow(1000));
	const facts = [
		labelOf(status),
		...(health === null ? [] : [health]),
		...(exitCode === null ? [] : [`exit code ${exitCode}`]),
		...(isUp && up !== '' ? [`up ${up}`] : []),
		...(restarts > 0 ? [`restarted ${restarts} ${restarts === 1 ? 'time' : 'times'}`] : []),
		`release ${shortRelease(release)}`,
	];
	return <p class="facts">{facts.join(' · ')}</p>;
}

function Ports({ service }: { readonly service: Service }) {
	const ports = portsOf(service);
	if (ports.length === 0) return null;
	return (
		<p class="ports">
			Ports:{' '}
			{ports.map(({ port, protocol }) =>
				protocol === 'tcp' ? (
					<a key={port} href={`http://${location.hostname}:${port}/`} rel="noreferrer" target="_blank">
						{port}
					</a>
				) : (
					<span key={port}>
						{port}/{protocol}
					</span>
				),
			)}
		</p>
	);
}
