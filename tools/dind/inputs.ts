import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceError } from '../device/index.ts';
import { bringImage, loadImage } from '../os/index.ts';
import { findArchive } from './archives.ts';

/** The files that a run brings to the device's disk (spec: dev-tools 7.2 to 7.4). */
export interface Inputs {
	readonly folder: string;
	readonly preload: boolean;
	readonly backup: boolean;
}

const APPS = 'apps.json';
const IMAGES = 'images.tar';
const BACKUP = 'backup.tgz';

/** Before anything is started. */
export function checkInputs({ folder, preload, backup }: Inputs): void {
	for (const [name, isWanted] of Object.entries({ [APPS]: preload, [BACKUP]: backup })) {
		if (!isWanted || isFile(join(folder, name))) continue;
		throw new DeviceError(`There is no file ${join(folder, name)}`, 'Put it there, or choose its folder with --inputs');
	}
}

/** Before the supervisor starts: it takes both once and removes them. */
export function layOutInputs(directory: string, { folder, preload, backup }: Inputs): void {
	const apps = join(directory, 'data', APPS);
	// An engine that was to bind a file that was not there has made a folder.
	if (existsSync(apps) && !isFile(apps)) rmSync(apps, { recursive: true });
	if (preload) {
		copyFileSync(join(folder, APPS), apps);
		rmSync(`${apps}.preloaded`, { force: true });
	} else if (!existsSync(apps)) writeFileSync(apps, '{}\n');
	if (backup) copyFileSync(join(folder, BACKUP), join(directory, 'data', BACKUP));
}

/** A preloaded disk has the images of its apps. */
export async function loadPreloadedImages(options: {
	readonly socketPath: string;
	readonly inputs: Inputs;
	readonly log: (line: string) => void;
	readonly signal: AbortSignal;
}): Promise<void> {
	const { socketPath, inputs, log, signal } = options;
	if (!inputs.preload) return;
	const path = join(inputs.folder, IMAGES);
	if (isFile(path)) await loadImage({ socketPath, path, signal });
	for (const image of listImages(readFileSync(join(inputs.folder, APPS), 'utf8'))) {
		await bringImage({ socketPath, image, findArchive, log, signal });
	}
}

/** In all three formats of the file (spec: dev-tools 9). */
export function listImages(text: string): readonly string[] {
	const names = new Set<string>();
	const walk = (value: unknown): void => {
		if (typeof value !== 'object' || value === null) return;
		for (const [key, inner] of Object.entries(value)) {
			if (/^image(Id)?$/.test(key) && typeof inner === 'string') names.add(inner);
			else walk(inner);
		}
	};
	walk(parse(text));
	return [...names];
}

/** What the supervisor cannot read is for the supervisor to report. */
function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function isFile(path: string): boolean {
	return existsSync(path) && statSync(path).isFile();
}
