import { useEffect } from 'preact/hooks';
import { deviceActions } from '../actions.ts';
import type { Device, Explanation, Progress } from '../answers.ts';
import type { Client } from '../client.ts';
import { formatBytes, formatSince, formatTime, labelOf } from '../format.ts';
import { ActionButtons } from '../parts/action-buttons.tsx';
import { Explained, StateMark } from '../parts/explained.tsx';
import { openSubjects } from '../open-subjects.ts';
import { SparkLine } from '../parts/spark-line.tsx';
import { useNow } from '../parts/use-now.ts';
import type { PageState, Sample } from '../state.ts';

const SAMPLE_EVERY_MS = 5000;

interface Props {
	readonly state: PageState;
	/** Reads the resources again. */
	readonly sample: () => void;
	readonly client: Client;
}

/** What the device says of itself, what it does, and why it waits. */
export function DeviceView({ state, sample, client }: Props) {
	useEffect(() => {
		sample();
		const timer = setInterval(() => {
			if (document.visibilityState === 'visible') sample();
		}, SAMPLE_EVERY_MS);
		return () => clearInterval(timer);
	}, [sample]);
	const { status, explanation, device, downloads, samples } = state;
	if (status === undefined || explanation === undefined || device === undefined) return null;
	return (
		<>
			<section class="card lead" aria-live="polite">
				<p class="sentence">
					<StateMark state={status.status} /> {status.sentence}
				</p>
				<Downloads list={downloads} />
			</section>
			<ActionButtons client={client} actions={deviceActions(device)} />
			<Waiting explanation={explanation} />
			<Resources device={device} samples={samples} />
			<Facts device={device} />
			<Missing device={device} />
		</>
	);
}

export function Downloads({ list }: { readonly list: readonly Progress[] }) {
	if (list.length === 0) return null;
	return (
		<ul class="downloads">
			{list.map(({ image, percent }) => (
				<li key={image}>
					<label>
						Downloading {image}
						<progress value={percent} max={100} /> {Math.round(percent)} %
					</label>
				</li>
			))}
		</ul>
	);
}

/** Everything that is not on target, each with its reason. */
function Waiting({ explanation }: { readonly explanation: Explanation }) {
	const open = openSubjects(explanation);
	if (open.length === 0) return null;
	return (
		<section class="card">
			<h2>Why it is not on target</h2>
			{open.map((part) => (
				<article key={part.subject}>
					<h3>{part.subject}</h3>
					<Explained explanation={part} />
				</article>
			))}
		</section>
	);
}

function Resources({ device, samples }: { readonly device: Device; readonly samples: readonly Sample[] }) {
	const { memory, storage, temperature } = device.host;
	const usedStorage = storage === null || storage.total === 0 ? null : 100 * (1 - storage.available / storage.total);
	return (
		<section class="card">
			<h2>Resources</h2>
			<div class="sparks">
				<SparkLine name="Processor" unit="%" max={100} values={samples.map(({ cpu }) => cpu)} />
				<SparkLine
					{...{ name: 'Memory', unit: '%', max: 100, values: samples.map((sample) => sample.memory) }}
					{...(memory === null ? {} : { detail: `${formatBytes(memory.available)} free` })}
				/>
				<SparkLine
					{...{ name: 'Storage', unit: '%', max: 100, values: [usedStorage, usedStorage] }}
					{...(storage === null ? {} : { detail: `${formatBytes(storage.available)} free` })}
				/>
				{temperature === null ? undefined : (
					<SparkLine name="Temperature" unit="°C" max={110} values={samples.map((sample) => sample.temperature)} />
				)}
			</div>
		</section>
	);
}

function Facts({ device }: { readonly device: Device }) {
	const { host, supervisor, cloud, uuid } = device;
	const up = formatSince(host.booted_at, useNow(10_000));
	const facts: readonly (readonly [string, string])[] = [
		['UUID', uuid ?? 'none yet'],
		['System', [host.os.name, host.os.version].filter((part) => part !== null).join(' ') || 'not known'],
		['Kernel', `${host.kernel}, ${host.arch}`],
		['Type', host.device_type],
		['Running for', up === '' ? 'not known' : `${up}, since ${formatTime(host.booted_at ?? '')}`],
		['Addresses', host.addresses.ip.join(', ') || 'none'],
		['Supervisor', supervisor.version],
		['Cloud', describeCloud(cloud)],
	];
	return (
		<section class="card">
			<h2>Device</h2>
			<dl>
				{facts.map(([name, value]) => (
					<div key={name}>
						<dt>{name}</dt>
						<dd>{value}</dd>
					</div>
				))}
			</dl>
		</section>
	);
}

function describeCloud({ endpoint, connected }: Device['cloud']): string {
	if (endpoint === null) return 'none';
	return connected === true ? endpoint : `${endpoint}, which does not answer`;
}

function Missing({ device }: { readonly device: Device }) {
	const missing = device.capabilities.filter(({ available }) => !available);
	if (missing.length === 0) return null;
	return (
		<section class="card">
			<details>
				<summary>What this host cannot do ({missing.length})</summary>
				<ul>
					{missing.map(({ name, without_it: withoutIt }) => (
						<li key={name}>
							<b>{labelOf(name)}</b>: {withoutIt}
						</li>
					))}
				</ul>
			</details>
		</section>
	);
}
