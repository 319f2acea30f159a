import { deviceApi } from '../../support/api-contract.ts';

/**
 * After all other tests of the run, whichever file they are in: what of docs/openapi.json they have seen. An operation
 * that never succeeded in any of them fails the run. A run without a test of the API has nothing to say.
 */
after('every operation of docs/openapi.json was exercised', () => {
	if (deviceApi.seenCount === 0) return;
	const unseen = deviceApi.unseen();
	console.log(`\n  answers of the device API that no test has seen: ${unseen.join(', ') || 'none'}`);
	const unexercised = deviceApi.unexercised();
	if (unexercised.length > 0) throw new Error(`never exercised: ${unexercised.join(', ')}`);
});
