import type Docker from 'dockerode';

interface CallOptions {
	/** Stands in the URL, which has a limit and is logged in many places. */
	readonly query?: Readonly<Record<string, string | boolean>>;
	readonly body?: object;
}

/** Options for dockerode, which writes all of them into the URL and again into the body unless they are told apart. */
export function callOptions({ query = {}, body = {} }: CallOptions): DockerodeOptions {
	const options: object = { _query: query, _body: body };
	return options as DockerodeOptions; // its types do not know the two
}

type DockerodeOptions = Docker.ContainerCreateOptions &
	Docker.NetworkCreateOptions &
	Docker.VolumeCreateOptions &
	Docker.ImageTagOptions;
