const HIDDEN = '***';
/** Shorter texts are no secrets, and would blot out half of the log. */
const SECRET_LENGTH_MIN = 8;
const SECRET_FIELD = /^(authorization|password|.*(api_?key|apikey|secret|token))$/i;

/** Knows the keys of this device and takes them out of everything that is written. */
export class Redactor {
	readonly #secrets = new Set<string>();

	add(...secrets: readonly (string | undefined)[]): void {
		for (const secret of secrets) {
			if (secret !== undefined && secret.length >= SECRET_LENGTH_MIN) {
				this.#secrets.add(secret);
			}
		}
	}

	redact(text: string): string {
		let redacted = text;
		for (const secret of this.#secrets) {
			if (redacted.includes(secret)) {
				redacted = redacted.replaceAll(secret, HIDDEN);
			}
		}
		return redacted;
	}

	/** Fields whose name says that they hold a secret are hidden whatever they hold. */
	isSecretField(name: string): boolean {
		return SECRET_FIELD.test(name);
	}

	get hidden(): string {
		return HIDDEN;
	}
}
