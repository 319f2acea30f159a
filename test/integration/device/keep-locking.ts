import { UpdateLockFiles } from '../../../src/adapters/files/index.ts';

/** Takes and releases locks until it is killed. Says one word when it has begun. */
const locks = new UpdateLockFiles(process.argv[2] ?? '');
console.log('begun');
for (;;) {
	await locks.take({ appId: 1, services: ['web', 'db'], force: false });
	await locks.release(1);
}
