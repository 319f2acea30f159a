export interface BusCall {
	readonly destination: string;
	readonly path: string;
	readonly interface: string;
	readonly member: string;
	/** D-Bus types of the arguments. */
	readonly signature?: string;
	readonly body?: readonly unknown[];
}
