import { expect } from 'chai';
import { interpolate } from '../../../../tools/compose-file/interpolate.ts';
import { parseEnvFile } from '../../../../tools/compose-file/parse-env-file.ts';

const VARIABLES = { FULL: 'full', EMPTY: '', NUMBER: '022', YES: 'true', NO: 'false' };

describe('variables in a compose file', () => {
	for (const [written, expected] of [
		['$FULL', 'full'],
		['a${FULL}b', 'afullb'],
		['$FULL-$FULL', 'full-full'],
		['$EMPTY', ''],
		['a$$b $${FULL}', 'a$b ${FULL}'],
		['${GONE:-dflt}', 'dflt'],
		['${GONE-dflt}', 'dflt'],
		['${EMPTY:-dflt}', 'dflt'],
		['${EMPTY-dflt}', ''],
		['${FULL:-dflt}', 'full'],
		['${GONE:-}', ''],
		['${GONE:-${ALSO:-x}}y', 'xy'],
		['${FULL:-${GONE}}', 'full'],
		['${FULL:-${GONE?no}}', 'full'],
		['${FULL:+x}', 'x'],
		['${EMPTY:+x}', ''],
		['${EMPTY+x}', 'x'],
		['${GONE+$GONE}', ''],
		['${FULL?no}', 'full'],
		['${EMPTY?no}', ''],
		['${NUMBER}', '022'],
		['{{.Name}} a}', '{{.Name}} a}'],
	] as const) {
		it(`become, in "${written}", "${expected}"`, () => {
			expect(interpolate(written, VARIABLES)).to.equal(expected);
		});
	}

	for (const [written, problem] of [
		['${FOO}', 'the variable FOO is not set. Set it in the environment or in .env'],
		['${toString}', 'the variable toString is not set'],
		['${FOO?give one}', 'the variable FOO is not set (give one)'],
		['${EMPTY:?give one}', 'the variable EMPTY is not set (give one)'],
		['${EMPTY:-$FOO}', 'the variable FOO is not set'],
		['echo $(date)', 'has a $ that begins no variable. Write $$ for a plain $'],
		['${FULL', 'has a $ that begins no variable'],
		['${FULL:-x', 'has a $ that begins no variable'],
		['${FULL!x}', 'has a $ that begins no variable'],
		['5$', 'has a $ that begins no variable'],
	] as const) {
		it(`refuse "${written}"`, () => {
			const run = () => interpolate({ services: { web: { volumes: ['a:/a', written] } } }, VARIABLES);
			expect(run)
				.to.throw(problem)
				.with.property('message')
				.that.matches(/^services\.web\.volumes\[1\]: /);
		});
	}

	it('make true and false of fields that are nothing else, and leave texts and keys alone', () => {
		const composition = {
			privileged: '$NO',
			readOnly: '$YES',
			environment: { $FULL: '$YES' },
			restart: '$NO',
			tty: 'false',
		};
		expect(interpolate(composition, VARIABLES)).to.deep.equal({
			privileged: false,
			readOnly: true,
			environment: { $FULL: 'true' },
			restart: 'false',
			tty: 'false',
		});
	});
});

describe('an env file', () => {
	const read = (text: string) => parseEnvFile(text, { environment: { HOME: '/root', FIRST: 'outer' } });

	it('holds names and values as docker compose reads them', () => {
		const text = [
			'# comment',
			'',
			'PLAIN=a b # comment',
			'HASH=a#b',
			'export EXPORTED = x ',
			"SINGLE='$HOME # \\n' # comment",
			'DOUBLE="a\\n\\"$HOME\\""',
			'LINES="one',
			'two"',
			'EMPTY=',
			'INHERITED',
			'USES=${EXPORTED}-${PLAIN}',
			'FIRST=inner',
			'OUTER=$FIRST\r',
			'LAST=z',
		].join('\n');
		expect(read(text)).to.deep.equal({
			PLAIN: 'a b',
			HASH: 'a#b',
			EXPORTED: 'x',
			SINGLE: '$HOME # \\n',
			DOUBLE: 'a\n"/root"',
			LINES: 'one\ntwo',
			EMPTY: '',
			USES: 'x-a b',
			FIRST: 'inner',
			OUTER: 'outer',
			LAST: 'z',
		});
	});

	for (const [text, problem] of [
		['A=1\nB 2', 'line 2 is not NAME=value'],
		['A="x" y', 'line 1 is not NAME=value'],
		['\n1A=x', 'line 2 is not NAME=value'],
		['A=$GONE', 'line 1: the variable GONE is not set'],
	] as const) {
		it(`is refused with its line: ${JSON.stringify(text)}`, () => {
			expect(() => read(text)).to.throw(problem);
		});
	}
});
