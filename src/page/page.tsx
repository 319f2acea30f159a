import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import { Client } from './client.ts';
import { Banner } from './parts/banner.tsx';
import { KeyForm } from './parts/key-form.tsx';
import { INITIAL, type PageState, reduce } from './state.ts';
import { AppsView } from './views/apps-view.tsx';
import { DeviceView } from './views/device-view.tsx';
import { HistoryView } from './views/history-view.tsx';
import { LogsView } from './views/logs-view.tsx';
import { PlanView } from './views/plan-view.tsx';
import { type ViewName, viewOf, VIEWS } from './views.ts';
import { watchDevice } from './watch-device.ts';

export function Page() {
	const client = useMemo(() => new Client(), []);
	const { state, signIn, sample } = useDevice(client);
	const view = useView();
	const title = VIEWS.find(({ name }) => name === view)?.title ?? '';
	useEffect(() => {
		document.title = `${title} – ${state.device?.name ?? 'device'}`;
	}, [title, state.device?.name]);
	const isKeyWanted = state.link.state === 'key-wanted';
	return (
		<>
			<a class="skip" href="#content">
				Skip to content
			</a>
			<header>
				<strong class="name">{state.device?.name ?? 'Device'}</strong>
				{isKeyWanted ? undefined : <Navigation current={view} />}
			</header>
			<Banner link={state.link} />
			<Main view={view} title={title}>
				{state.link.state === 'key-wanted' ? (
					<KeyForm wasRefused={state.link.wasRefused} onKey={signIn} />
				) : (
					<View {...{ view, state, client, sample }} />
				)}
			</Main>
		</>
	);
}

interface ViewProps {
	readonly view: ViewName;
	readonly state: PageState;
	readonly client: Client;
	readonly sample: () => void;
}

function View({ view, state, client, sample }: ViewProps) {
	if (state.device === undefined) return <p>Reading the device …</p>;
	switch (view) {
		case 'device':
			return <DeviceView state={state} sample={sample} client={client} />;
		case 'apps':
			return <AppsView state={state} client={client} />;
		case 'logs':
			return <LogsView state={state} client={client} />;
		case 'history':
			return <HistoryView state={state} client={client} />;
		case 'plan':
			return <PlanView client={client} />;
	}
}

function Navigation({ current }: { readonly current: ViewName }) {
	return (
		<nav aria-label="Views">
			<ul>
				{VIEWS.map(({ name, title }) => (
					<li key={name}>
						<a href={`#/${name}`} aria-current={name === current ? 'page' : undefined}>
							{title}
						</a>
					</li>
				))}
			</ul>
		</nav>
	);
}

/** The heading takes the focus when the view changes, so that a screen reader reads the new view. */
function Main({ view, title, children }: { view: ViewName; title: string; children: ComponentChildren }) {
	const heading = useRef<HTMLHeadingElement>(null);
	const isFirst = useRef(true);
	useEffect(() => {
		if (!isFirst.current) heading.current?.focus();
		isFirst.current = false;
	}, [view]);
	return (
		<main id="content" tabIndex={-1}>
			<h1 ref={heading} tabIndex={-1}>
				{title}
			</h1>
			{children}
		</main>
	);
}

function useView(): ViewName {
	const [view, setView] = useState(viewOf(location.hash));
	useEffect(() => {
		// The link that skips to the content is no view.
		const onChange = () => {
			if (location.hash.startsWith('#/') || location.hash === '') setView(viewOf(location.hash));
		};
		addEventListener('hashchange', onChange);
		return () => removeEventListener('hashchange', onChange);
	}, []);
	return view;
}

function useDevice(client: Client) {
	const [state, dispatch] = useReducer(reduce, INITIAL);
	const latest = useRef(state);
	latest.current = state;
	const [attempt, setAttempt] = useState(0);
	useEffect(() => {
		const controller = new AbortController();
		const lastEventId = () => latest.current.lastEventId;
		void watchDevice({ client, dispatch, lastEventId, signal: controller.signal });
		return () => controller.abort();
	}, [client, attempt]);
	const signIn = useCallback(
		(key: string) => {
			client.setKey(key);
			dispatch({ kind: 'link', link: { state: 'connecting' } });
			setAttempt((count) => count + 1);
		},
		[client],
	);
	const sample = useCallback(() => {
		const read = client.get<NonNullable<PageState['device']>>('/v3/device');
		// A device that does not answer is reported by the stream of events.
		read.then((device) => dispatch({ kind: 'sample', device })).catch(() => undefined);
	}, [client]);
	return { state, signIn, sample };
}
