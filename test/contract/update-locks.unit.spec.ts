import { MemoryLockDisk, MemoryUpdateLocks } from '../support/memory-update-locks.ts';
import { describeUpdateLocks } from './update-locks.contract.ts';

// The real ones give files another owner, which root may: they are in test/integration/device.
describeUpdateLocks('memory', () => {
	const disk = new MemoryLockDisk();
	return Promise.resolve({
		locks: new MemoryUpdateLocks(disk),
		restart: () => new MemoryUpdateLocks(disk),
		put: (path, owner) => {
			disk.put(path, owner);
			return Promise.resolve();
		},
		remove: (path) => {
			disk.files.delete(path);
			return Promise.resolve();
		},
		list: () => Promise.resolve([...disk.files].map((entry) => entry.join(' ')).sort()),
		dispose: () => Promise.resolve(),
	});
});
