const HIDDEN = '***';
/** Shorter texts are no secrets, and would hide half of the log. */
const SECRET_LENGTH_MIN = 8;
/** More than are ever in use at a time. */
const PASSING_MAX = 100;
const SECRET_FIELD = /^(authorization|password|.*(api_?key|apikey|secret|token))$/i;

/** Knows the keys of this device and replaces them in everything that is written. */
export class Redactor {
	readonly #secrets = new Set<string>();
	readonly #passing = new Set<string>();

	add(...secrets: readonly (string | undefined)[]): void {
		for (const secret of secrets) {
			if (secret !== undefined && secret.length >= SECRET_LENGTH_MIN) {
				this.#secrets.add(secret);
			}
		}
	}

	/** A short-lived secret, such as a token: only the latest ones are remembered. */
	addPassing(secret: string): void {
		if (secret.length < SECRET_LENGTH_MIN) {
			return;
		}
		this.#passing.delete(secret);
		this.#passing.add(secret);
		const [oldest] = this.#passing;
		if (this.#passing.size > PASSING_MAX && oldest !== undefined) {
			this.#passing.delete(oldest);
		}
	}

	redact(text: string): string {
		let redacted = text;
		for (const secret of [...this.#secrets, ...this.#passing]) {
			if (redacted.includes(secret)) {
				redacted = redacted.replaceAll(secret, HIDDEN);
			}
		}
		return redacted;
	}

	/** Fields whose name says that they hold a secret are hidden with any value. */
	isSecretField(name: string): boolean {
		return SECRET_FIELD.test(name);
	}

	get hidden(): string {
		return HIDDEN;
	}
}
