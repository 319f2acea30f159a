import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chooseStateFolder } from './device-folder.ts';

/** What `dindctl build` calls the image for an architecture. */
export function nameImage(arch: string, tag: string | undefined): string {
	return `balena/${arch}-supervisor:${tag ?? 'master'}`;
}

/** Where `dindctl build` keeps an image, for all devices. */
export function archiveOf(image: string): string {
	return join(chooseStateFolder(), 'dindctl-images', `${image.replaceAll(/[^\w.-]/g, '_')}.tar`);
}

export function findArchive(image: string): string | undefined {
	const path = archiveOf(image);
	return existsSync(path) ? path : undefined;
}
