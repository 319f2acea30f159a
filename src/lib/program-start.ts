interface Starting {
	once(event: 'spawn', listener: () => void): unknown;
	on(event: 'error', listener: (error: Error) => void): unknown;
}

/**
 * Resolves when a program runs, rejects with the system's reason if it cannot be started. It must not be touched before:
 * where no file descriptor is left it has no streams, whatever its type says.
 */
export function untilStarted(child: Starting): Promise<void> {
	return new Promise((resolve, reject) => {
		child.once('spawn', resolve);
		child.on('error', reject); // stays: a signal that cannot be sent later is no reason to end
	});
}
