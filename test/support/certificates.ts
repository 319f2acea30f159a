import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** One that signs, and one for the loopback that it has signed. */
export function makeCertificates(folder: string): {
	readonly authority: string;
	readonly key: string;
	readonly cert: string;
} {
	const at = (name: string) => join(folder, name);
	const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
	const [authority, authorityKey, key, cert] = [at('ca.pem'), at('ca.key'), at('server.key'), at('server.pem')];
	const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
	openssl('req', '-x509', ...fresh, '-keyout', authorityKey, '-out', authority, '-subj', '/CN=authority');
	const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
	openssl('req', '-x509', ...fresh, '-keyout', key, '-out', cert, ...name, '-CA', authority, '-CAkey', authorityKey);
	return { authority, key, cert };
}
