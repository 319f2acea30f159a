import { isDeepStrictEqual } from 'node:util';
import type { ProxyChange } from '../../domain/host-config.ts';
import { editRedsocks, isWholeProxy, type ReadRedsocks } from './redsocks.ts';

/** The change of a file: absent, it stays; without content, it is removed. */
interface FileChange {
	readonly content: string | undefined;
}

interface ProxyPlan {
	readonly redsocks?: FileChange;
	readonly noProxy?: FileChange;
	/** Nothing is changed then. */
	readonly refusal?: string;
}

/** The present file, and what is in it. */
interface PresentProxy extends Pick<ReadRedsocks, 'redsocks' | 'isUnreadable'> {
	readonly text: string;
}

const DEFAULT_DNS = '8.8.8.8:53';

/** The given fields over the present ones (spec: host 5.4, device-api 4.13). */
export function planProxy(current: PresentProxy | undefined, { fields, dns, noProxy }: ProxyChange): ProxyPlan {
	if (current?.isUnreadable === true && !isDeepStrictEqual(fields, {}) && !isWholeProxy(fields)) {
		return { refusal: 'redsocks.conf cannot be read: give type, ip and port to replace the proxy in it' };
	}
	return {
		...planRedsocks(current, { fields, dns, isNoProxyGiven: noProxy !== undefined }),
		...(noProxy !== undefined && { noProxy: { content: noProxy.length === 0 ? undefined : noProxy.join('\n') } }),
	};
}

function planRedsocks(
	current: PresentProxy | undefined,
	given: Pick<ProxyChange, 'fields'> & {
		readonly dns: ProxyChange['dns'];
		readonly isNoProxyGiven: boolean;
	},
): Pick<ProxyPlan, 'redsocks'> {
	if (isDeepStrictEqual(given.fields, {}) && given.dns === undefined) {
		return given.isNoProxyGiven ? {} : { redsocks: { content: undefined } };
	}
	const fields = { ...current?.redsocks?.fields, ...given.fields };
	if (isDeepStrictEqual(fields, {})) {
		return {}; // the DNS server is reached through a proxy, and there is none
	}
	const dns = mergeDns(current?.redsocks?.dns, given.dns);
	return { redsocks: { content: editRedsocks(current?.text, { fields, ...(dns !== undefined && { dns }) }) } };
}

function mergeDns(current: string | undefined, given: ProxyChange['dns']): string | undefined {
	switch (given) {
		case undefined:
			return current;
		case true:
			return DEFAULT_DNS;
		case false:
			return undefined;
		default:
			return given;
	}
}
