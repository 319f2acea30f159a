import { statfs } from 'node:fs/promises';

/** Blocks of the file system that contains the path. */
export async function readFileSystemSize(path: string): Promise<{ bsize: number; blocks: number; bfree: number }> {
	const { bsize, blocks, bfree } = await statfs(path);
	return { bsize, blocks, bfree };
}
