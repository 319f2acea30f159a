import type Docker from 'dockerode';

export function parseHost(host: string): Docker.DockerOptions {
	const url = new URL(host);
	if (url.protocol === 'unix:') {
		return { socketPath: url.pathname };
	}
	return { protocol: url.protocol === 'https:' ? 'https' : 'http', host: url.hostname, port: url.port || '2375' };
}
