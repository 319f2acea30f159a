/** How a new container reports that it has taken over from the old one (spec: planner 8). */
export interface HandOverFiles {
	/**
	 * Whether `handover-complete` or `resin-kill-me` was in the lock directory of the service. The call removes the file, so
	 * that it counts once.
	 */
	takeCompletion(appId: number, serviceName: string): Promise<boolean>;
}
