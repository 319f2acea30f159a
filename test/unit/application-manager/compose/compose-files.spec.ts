import { expect } from 'chai';
import { composeApp, containerBody, type Notice } from '../../../../src/application-manager/index.ts';
import { decodeTarget } from '../../../../src/device-state/intake/index.ts';
import type { ComposedApp } from '../../../../src/domain/target.ts';
import { composeTarget } from '../../../../tools/cloud/compose-target.ts';
import { checkFacts, type MadeContainer } from '../../../support/compose-files/container-facts.ts';
import { fitToMachine } from '../../../support/compose-files/fit-to-machine.ts';
import {
	kindOf,
	namesWithoutExpectation,
	pathInFile,
	readComposeFiles,
	type ComposeFile,
	type Runs,
} from '../../../support/compose-files/read-files.ts';
import { makeCloud, release } from '../../../support/compose-files/stand-in.ts';
import { vectorContext } from '../../../vectors/vector-app.ts';

const FILES = readComposeFiles();

describe('compose files as users write them', () => {
	it('has fifty of them, each with what is expected', () => {
		expect(FILES).to.have.length(50);
		expect(namesWithoutExpectation()).to.deep.equal([]);
	});

	it('says of nothing that a machine cannot do it that the file does not ask for', () => {
		for (const file of FILES) {
			expect(() => fitToMachine(file), file.name).not.to.throw();
		}
	});

	for (const file of FILES) {
		const { name, expectation } = file;
		const title = `${name} ${expectation.outcome === 'runs' ? 'runs' : 'is refused'}`;
		if (expectation.notYet === undefined) {
			it(title, () => checkFile(file));
		} else {
			it(`${title}, but not yet: ${expectation.notYet}`, () => {
				expect(() => checkFile(file), 'it is as expected now: remove notYet').to.throw();
			});
		}
	}
});

type Outcome =
	| { readonly by: 'target'; readonly issues: readonly Notice[] }
	| { readonly by: 'release'; readonly composed: ComposedApp; readonly notices: readonly Notice[] };

function checkFile(file: ComposeFile): void {
	const outcome = outcomeOf(file);
	const { expectation } = file;
	if (expectation.outcome === 'runs') {
		checkRuns(file, expectation, outcome);
		return;
	}
	expect(outcome.by).to.equal(expectation.by);
	expect(textsOf(issuesOf(outcome))).to.deep.equal(expectation.because);
}

/** All the way that a release goes: from the cloud's document to what the planner works toward. */
function outcomeOf({ composition }: ComposeFile): Outcome {
	const { model, fleet, device } = makeCloud();
	release(model, fleet, composition);
	const sent: unknown = JSON.parse(JSON.stringify(composeTarget(model.data, device, model)));
	const decoded = decodeTarget(sent, device.uuid);
	if (!decoded.ok) {
		return { by: 'target', issues: decoded.issues };
	}
	const [app] = decoded.value.apps;
	const inputs = Object.keys(composition.services).map((name) => [name, { supervisorApiKey: 'key' }] as const);
	return { by: 'release', ...composeApp(app!, vectorContext, new Map(inputs)) };
}

function issuesOf(outcome: Outcome): readonly Notice[] {
	if (outcome.by === 'target') return outcome.issues;
	return outcome.composed.state === 'rejected' ? outcome.composed.issues : [];
}

/** By path; a second one about the same value does not hide behind the first. */
function textsOf(notices: readonly Notice[]): Readonly<Record<string, string>> {
	const texts: Record<string, string> = {};
	for (const { path, message } of notices) {
		const at = pathInFile(path);
		texts[at in texts ? `${at}, too` : at] = message;
	}
	return texts;
}

function checkRuns({ composition }: ComposeFile, expectation: Runs, outcome: Outcome): void {
	expect(textsOf(issuesOf(outcome)), 'refused').to.deep.equal({});
	if (outcome.by !== 'release' || outcome.composed.state !== 'ready') return;
	const notices = Object.entries(textsOf(outcome.notices));
	expect(
		Object.fromEntries(notices.map(([path, text]) => [path, kindOf(text, expectation.notices[path])])),
		'notices',
	).to.deep.equal(expectation.notices);
	const { spec } = outcome.composed;
	const { appId, appUuid } = spec;
	const leftOut = Object.entries(expectation.notices).flatMap(([path, kind]) =>
		kind === 'left out' ? [path.split('.')[1]] : [],
	);
	expect(spec.services.map(({ identity }) => identity.serviceName)).to.have.members(
		Object.keys(composition.services).filter((name) => !leftOut.includes(name)),
	);
	const containerIds = new Map(Object.keys(composition.services).map((name) => [name, `id of ${name}`]));
	for (const [name, facts] of Object.entries(expectation.services)) {
		const service = spec.services.find(({ identity }) => identity.serviceName === name);
		const made = containerBody(service!, { deviceName: 'd', containerIds });
		expect(made.ok).to.equal(true);
		if (made.ok) {
			const serviceOf = (id: string) => id.replace('id of ', '');
			checkFacts(name, facts, madeOf(made.body, made.extraNetworks), { appId, appUuid, serviceOf, isCreateCall: true });
		}
	}
	for (const [name, facts] of Object.entries(expectation.networks)) {
		expect(spec.networks.find(({ networkName }) => networkName === name)?.config, name).to.deep.include(facts);
	}
}

/** A create call has the parts of an inspection on other places. */
function madeOf(body: object, extra: readonly { readonly network: string; readonly endpoint: object }[]) {
	// The form is the engine's, which the tests of the body hold it to.
	const { HostConfig, NetworkingConfig, ...Config } = body as MadeContainer['Config'] & {
		readonly HostConfig: MadeContainer['HostConfig'];
		readonly NetworkingConfig: { readonly EndpointsConfig: MadeContainer['networks'] };
	};
	const joined = Object.fromEntries(extra.map(({ network, endpoint }) => [network, endpoint]));
	return { Config, HostConfig, networks: { ...NetworkingConfig.EndpointsConfig, ...joined } };
}
