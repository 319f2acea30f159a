/** Shown instead of a secret value (spec: v3-api 1.4). */
export const HIDDEN = '•••';

const SECRET_NAME = /KEY|TOKEN|SECRET|PASSW|CREDENTIAL|PRIVATE|AUTH|CERT/i;

/** Whether the value of a variable of this name is hidden: its name says that it is secret. */
export function isSecretName(name: string): boolean {
	return SECRET_NAME.test(name);
}
