import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { signToken, type TokenSigner } from '../../tools/cloud/sign-token.ts';
import type { RealEngine } from './real-engine.ts';

const ISSUER = 'tokens';

/** A registry that asks for tokens of a cloud, beside the open one and with the same images. */
export interface TokenRegistry {
	readonly signer: TokenSigner;
	/** What token requests had for `Authorization`, decoded. */
	readonly logins: readonly string[];
	/** Requests that were let in or not, as `GET /v2/… 200`, with the subject of their token. */
	readonly requests: readonly { readonly line: string; readonly subject: string }[];
	/** All that were shown, for a look at where else they turn up. */
	readonly tokens: ReadonlySet<string>;
	/** The same image by way of here. */
	reference(reference: string): string;
	/** The way back. */
	original(reference: string): string;
	/** Tokens come from there; without it there are only those that are made here. */
	start(cloudUrl?: string): Promise<void>;
	/** As the cloud would make it, to pull from one repository. */
	makeToken(repository: string): string;
	stop(): Promise<void>;
}

/**
 * On its way in stands a observer, who forwards everything and notes who asked: the engine finds the registry and the
 * token server at one address.
 */
export async function createTokenRegistry(engine: RealEngine): Promise<TokenRegistry> {
	const folder = mkdtempSync(join(tmpdir(), 'registry-'));
	const signer = makeSigner(folder);
	const logins: string[] = [];
	const requests: { line: string; subject: string }[] = [];
	const tokens = new Set<string>();
	let cloudUrl = '';
	let registryPort = 0;
	let child: ReturnType<typeof spawn> | undefined;
	const observer = createServer((incoming, response) => {
		const isToken = incoming.url?.startsWith('/auth/v1/token') === true;
		if (isToken) logins.push(decodeLogin(incoming));
		else {
			const token = /^Bearer (.+)$/.exec(incoming.headers.authorization ?? '')?.[1];
			if (token !== undefined) tokens.add(token);
			response.on('close', () => {
				const line = `${incoming.method} ${incoming.url} ${response.statusCode}`;
				requests.push({ line, subject: subjectOf(incoming) });
			});
		}
		forward(incoming, response, isToken ? cloudUrl : `http://127.0.0.1:${registryPort}`);
	});
	await new Promise<void>((resolve) => observer.listen({ host: '127.0.0.1', port: 0 }, resolve));
	// It listens on a port, not on a path.
	const address = `127.0.0.1:${(observer.address() as AddressInfo).port}`;
	return {
		signer,
		logins,
		requests,
		tokens,
		original: (reference) => engine.registry + reference.slice(reference.indexOf('/')),
		reference: (reference) => address + reference.slice(reference.indexOf('/')),
		makeToken: (repository) => {
			const nowS = Math.floor(Date.now() / 1000);
			const times = { iat: nowS, nbf: nowS - 10, exp: nowS + 600 };
			const access = [{ type: 'repository', name: repository, actions: ['pull'] }];
			return signToken({ iss: ISSUER, aud: address, sub: 'd_1', jti: '1', ...times, access }, signer);
		},
		start: async (url = 'http://127.0.0.1:1') => {
			cloudUrl = url;
			registryPort = await findFreePort();
			const config = join(folder, 'registry.json');
			const storage = join(dirname(engine.socketPath), 'registry');
			const token = { realm: `http://${address}/auth/v1/token`, service: address, issuer: ISSUER };
			const trust = { rootcertbundle: join(folder, 'certificate.pem') };
			writeFileSync(
				config,
				// JSON is YAML, which is what the registry reads.
				JSON.stringify({
					version: 0.1,
					log: { level: 'error', accesslog: { disabled: true } },
					storage: { filesystem: { rootdirectory: storage } },
					http: { addr: `127.0.0.1:${registryPort}` },
					auth: { token: { ...token, ...trust } },
				}),
			);
			child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
			await engine.eventually(() => isUp(registryPort));
		},
		stop: async () => {
			const ended = new Promise((resolve) => (child === undefined ? resolve(0) : child.once('exit', resolve)));
			child?.kill('SIGKILL');
			await ended;
			await new Promise<void>((resolve) => {
				observer.close(() => resolve());
				observer.closeAllConnections();
			});
			await removeImages(engine, address);
			rmSync(folder, { recursive: true });
		},
	};
}

function makeSigner(folder: string): TokenSigner {
	const at = (name: string) => join(folder, name);
	const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
	const files = ['-keyout', at('key.pem'), '-out', at('certificate.pem'), '-subj', '/CN=tokens'];
	execFileSync('openssl', ['req', '-x509', ...fresh, ...files], { stdio: 'pipe' });
	return { issuer: ISSUER, key: readFileSync(at('key.pem')), certificate: readFileSync(at('certificate.pem')) };
}

function decodeLogin({ headers }: IncomingMessage): string {
	const encoded = /^Basic (.+)$/.exec(headers.authorization ?? '')?.[1];
	return encoded === undefined ? 'anonymous' : Buffer.from(encoded, 'base64').toString();
}

function subjectOf({ headers }: IncomingMessage): string {
	const payload = /^Bearer [^.]+\.([^.]+)\./.exec(headers.authorization ?? '')?.[1];
	if (payload === undefined) return 'anonymous';
	return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub: string }).sub;
}

/** With the host that was asked for: the registry names itself in its answers. */
function forward(incoming: IncomingMessage, response: ServerResponse, to: string): void {
	const { method, url = '/', headers } = incoming;
	const { hostname, port } = new URL(to);
	const call = request({ hostname, port, method, path: url, headers, agent: false }, (answer) => {
		response.writeHead(answer.statusCode ?? 502, answer.headers);
		answer.pipe(response);
	});
	call.on('error', () => response.destroy());
	response.on('close', () => call.destroy());
	incoming.pipe(call);
}

async function isUp(port: number): Promise<boolean> {
	const response = await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined);
	return response?.status === 401;
}

async function removeImages(engine: RealEngine, address: string): Promise<void> {
	const output = await engine.docker('images', '--quiet', '--filter', `reference=${address}/v2/*`);
	const ids = [...new Set(output.split('\n').filter((id) => id !== ''))];
	if (ids.length > 0) await engine.docker('rmi', '--force', ...ids);
}

async function findFreePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
	const { port } = server.address() as AddressInfo;
	await new Promise<void>((resolve) => server.close(() => resolve()));
	return port;
}
