import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';

/**
 * `npm run lint:code`: types, and the rules that need them, from one program. As `tsc` and then `eslint` each of them reads
 * and understands all of the sources, which is most of what they do. What `tsc` has found in files that have not changed
 * since is kept.
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

/** As `tsc` prints it; how many there are. */
function checkTypes(program: ts.EmitAndSemanticDiagnosticsBuilderProgram): number {
	const found = [
		...program.getConfigFileParsingDiagnostics(),
		...program.getOptionsDiagnostics(),
		...program.getGlobalDiagnostics(),
		...program.getSyntacticDiagnostics(),
		...program.getSemanticDiagnostics(),
	];
	program.emit(); // nothing but what was found, for the next time
	const host = {
		getCanonicalFileName: (path: string) => path,
		getCurrentDirectory: () => PROJECT,
		getNewLine: () => '\n',
	};
	if (found.length > 0) console.log(ts.formatDiagnostics(found, host));
	return found.length;
}

/** As `eslint .` does it, but that nobody reads the sources again. */
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
