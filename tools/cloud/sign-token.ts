import { sign, X509Certificate } from 'node:crypto';

/** For a registry that checks tokens: a P-256 key, and a certificate for it that the registry trusts. */
export interface TokenSigner {
	readonly issuer: string;
	/** PEM. */
	readonly key: string | Buffer;
	/** PEM. */
	readonly certificate: string | Buffer;
}

/** A JSON Web Token. Without a signer it is for registries that check nothing. */
export function signToken(payload: object, signer: TokenSigner | undefined): string {
	if (signer === undefined) {
		return `${encode({ alg: 'none', typ: 'JWT' })}.${encode(payload)}.unsigned`;
	}
	const certificate = new X509Certificate(signer.certificate).raw.toString('base64');
	const content = `${encode({ alg: 'ES256', typ: 'JWT', x5c: [certificate] })}.${encode(payload)}`;
	const signature = sign('sha256', Buffer.from(content), { key: signer.key, dsaEncoding: 'ieee-p1363' });
	return `${content}.${signature.toString('base64url')}`;
}

function encode(value: object): string {
	return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The access that a token of ours allows; none for other tokens. The registry checks the signature. */
export function decodeTokenAccess(
	token: string,
): readonly { readonly name: string; readonly actions: readonly string[] }[] {
	try {
		const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
		const access = typeof payload === 'object' && payload !== null && 'access' in payload ? payload.access : [];
		// Tokens are made by this file; `access` of a forged one may not be an array.
		return Array.isArray(access) ? (access as { name: string; actions: string[] }[]) : [];
	} catch {
		return [];
	}
}
