/** How a new container says that it has taken over from the old one (spec: planner 8). */
export interface HandOverFiles {
	/**
	 * Whether `handover-complete` or `resin-kill-me` stood in the lock directory of the service; it is gone afterwards, so
	 * that it does not count again.
	 */
	takeCompletion(appId: number, serviceName: string): Promise<boolean>;
}
