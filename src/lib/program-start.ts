interface Starting {
	once(event: 'spawn', listener: () => void): unknown;
	on(event: 'error', listener: (error: Error) => void): unknown;
}

/**
 * Resolves when a program runs, rejects with the system's reason if it cannot start. Do not use the child before: without
 * a free file descriptor it has no streams, although its type says so.
 */
export function untilStarted(child: Starting): Promise<void> {
	return new Promise((resolve, reject) => {
		child.once('spawn', resolve);
		child.on('error', reject); // stays: a later signal that cannot be sent must not end the process
	});
}
