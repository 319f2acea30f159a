/** The part that is used. A decoder says in `bytes` how many it has read; all throw at what they cannot read. */
declare module 'dns-packet' {
	interface Decode<T> {
		(packet: Buffer, offset: number): T;
		readonly bytes: number;
	}
	interface Question {
		readonly name: string;
		readonly type: string;
	}
	interface Answer extends Question {
		readonly class: string;
		readonly ttl: number;
		/** Of an address or another name: its text. */
		readonly data: unknown;
	}
	export function encode(packet: { readonly type: 'query'; readonly questions: readonly Question[] }): Buffer;
	export const name: { readonly decode: Decode<string> };
	export const question: { readonly decode: Decode<Question> };
	export const answer: { readonly decode: Decode<Answer> };
}
