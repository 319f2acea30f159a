/**
 * Vectors that show what version 19 did wrong and we do not repeat: `file: name` → the defect (spec: compose 12) and what
 * we do. An entry that does not differ any more fails the run.
 */
export const explainedDifferences: Readonly<Record<string, string>> = {
	'services: image defaults overridden by composition': 'C7: a healthcheck without a test keeps the test of the image',
	'services: ports number entry': 'C2: a number is a port',
	'services: volumes long read_only snake': 'C4: read_only is honoured',
	'services: tmpfs list with options': 'C19: options are no part of the path',
	'services: ulimits half': 'C18: the missing limit is the other one, the engine would take zero',
	'services: healthcheck full': 'C5: start_period is honoured',
	'services: healthcheck no test': 'C7: without any test there is NONE, not an empty one',
	'services: booleans "true"': 'C10: the engine refuses the text; it means true',
	'services: booleans "false"': 'C10: the engine refuses the text; it means false',
	'services: booleans 0': 'C10: the engine refuses privileged: 0, so the app is refused with the reason',
	'services: unknown fields are dropped': 'C3: storage_opt is dropped; logging and runtime are new and honoured',
	'services-current: command empty string': 'C18: the engine takes the command of the image, so that is the target',
	'services-current: tmpfs list with options': 'C19: created again once, with the options',
	'services-current: healthcheck full': 'C5: created again once, with the start period',
	'services-current: unknown fields are dropped':
		'C3: storage_opt is not compared; new fields come with the next release',
	'networks: ipam range and aux': 'C16: AuxiliaryAddresses is what the engine calls it',
	'networks: inspect: ip range': 'C16: AuxiliaryAddresses is what the engine calls it',
	'networks: attachable is ignored': 'decision D25: passed to the engine; not compared',
	'volumes: inspect: prefix before the number': 'C9: the name has to begin with the app id',
	'boot-files: extlinux parse: append with double equals': 'decision D16: root=PARTUUID=… is a usual word',
	'boot-files: extlinux serialise: empty value': 'decision D16: indentation stays',
	'boot-files: extlinux serialise: fdt empty string': 'decision D16: indentation stays',
	'boot-files: extlinux serialise: two labels': 'decision D16: a word stays in its place',
	'boot-files: config.txt parse: section header': 'decision D16: what is in a filter of another board is not read',
	'target-validation: network null':
		'the cloud passes a bare name of a compose file on as null, so null is an empty map',
};
