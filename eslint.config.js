import tseslint from 'typescript-eslint';

export default tseslint.config(
	{ ignores: ['dist/', 'node_modules/', '.cache/', '**/*.mjs', 'eslint.config.js'] },
	...tseslint.configs.strictTypeChecked,
	{
		languageOptions: { parserOptions: { projectService: true } },
		linterOptions: { reportUnusedDisableDirectives: 'error' },
		rules: {
			eqeqeq: ['error', 'always', { null: 'ignore' }],
			'no-console': 'error',
			'@typescript-eslint/consistent-type-imports': 'error',
			'@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
			'@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
			'@typescript-eslint/no-unnecessary-condition': [
				'error',
				{ allowConstantLoopConditions: 'only-allowed-literals' },
			],
			'@typescript-eslint/no-confusing-void-expression': 'off',
			// They ask for the types of all expressions, which takes a third of the time of all rules. There are no enums here.
			'@typescript-eslint/no-unsafe-enum-assignment': 'off',
			'@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
		},
	},
	{
		files: ['test/**', 'tools/**', 'build-utils/**'],
		rules: {
			'no-console': 'off',
			'@typescript-eslint/no-unused-expressions': 'off', // chai: expect(x).to.be.true
			'@typescript-eslint/no-non-null-assertion': 'off', // a missing value fails the test where it is used
		},
	},
);
