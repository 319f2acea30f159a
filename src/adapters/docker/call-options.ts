import type Docker from 'dockerode';

interface CallOptions {
	/** Part of the URL, which is limited in length and appears in many logs. */
	readonly query?: Readonly<Record<string, string | boolean>>;
	readonly body?: object;
}

/** Options for dockerode, which writes all of them both into the URL and the body unless they are given separately. */
export function callOptions({ query = {}, body = {} }: CallOptions): DockerodeOptions {
	const options: object = { _query: query, _body: body };
	return options as DockerodeOptions; // the types of dockerode do not declare these two
}

type DockerodeOptions = Docker.ContainerCreateOptions &
	Docker.NetworkCreateOptions &
	Docker.VolumeCreateOptions &
	Docker.ImageTagOptions;
