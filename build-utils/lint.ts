import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';

/**
 * `npm run lint:code`: types, and the rules that need them, from one program. Run separately, `tsc` and `eslint` would each
 * parse all sources, which is most of their work. Results of `tsc` for unchanged files are cached.
 */

const PROJECT = join(import.meta.dirname, '..');
const CACHE = join(PROJECT, 'node_modules/.cache');

function makeProgram(): ts.EmitAndSemanticDiagnosticsBuilderProgram {
	const { config, error } = ts.readConfigFile(join(PROJECT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
		readonly config?: unknown;
		readonly error?: ts.Diagnostic;
	};
	if (error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
	const parsed = ts.parseJsonConfigFileContent(config, ts.sys, PROJECT);
	mkdirSync(CACHE, { recursive: true });
	const options = { ...parsed.options, incremental: true, tsBuildInfoFile: join(CACHE, 'types.tsbuildinfo') };
	return ts.createIncrementalProgram({
		rootNames: parsed.fileNames,
		options,
		configFileParsingDiagnostics: parsed.errors,
		host: ts.createIncrementalCompilerHost(options),
	});
}

/** Prints errors like `tsc` and returns their number. */
function checkTypes(program: ts.EmitAndSemanticDiagnosticsBuilderProgram): number {
	const found = [
		...program.getConfigFileParsingDiagnostics(),
		...program.getOptionsDiagnostics(),
		...program.getGlobalDiagnostics(),
		...program.getSyntacticDiagnostics(),
		...program.getSemanticDiagnostics(),
	];
	program.emit(); // writes only the cache
	const host = {
		getCanonicalFileName: (path: string) => path,
		getCurrentDirectory: () => PROJECT,
		getNewLine: () => '\n',
	};
	if (found.length > 0) console.log(ts.formatDiagnostics(found, host));
	return found.length;
}

/** Like `eslint .`, without parsing the sources again. */
async function checkRules(program: ts.Program): Promise<number> {
	const eslint = new ESLint({
		cwd: PROJECT,
		overrideConfig: { languageOptions: { parserOptions: { projectService: false, programs: [program] } } },
	});
	const results = await eslint.lintFiles('.');
	const text = await (await eslint.loadFormatter('stylish')).format(results);
	if (text !== '') console.log(text);
	return results.reduce((count, { errorCount }) => count + errorCount, 0);
}

const program = makeProgram();
const errors = checkTypes(program) + (await checkRules(program.getProgram()));
process.exitCode = errors > 0 ? 1 : 0;
