import { expect } from 'chai';
import { RawDatabase } from '../../unit/adapters/sqlite/raw-database.ts';
import { readTraces } from './engine-view.ts';
import { setScene, type Scene } from './scene.ts';

describe('a device whose table of images does not fit its engine', function () {
	this.timeout(60_000);
	let scene: Scene;

	before(async () => {
		scene = await setScene();
	});
	after(() => scene.dispose());

	it('database #26: deletes the row of an image that is gone, fills in a missing id, and touches no container', async () => {
		const { device, engine, images } = scene;
		const [one, two, gone] = images;
		await device.start();
		const { commit } = await scene.apply({ web: one, db: two });
		await device.kill('SIGTERM');
		const database = new RawDatabase(device.databasePath);
		const rows = () => database.all('select serviceName, dockerImageId from image order by serviceName');
		const [before, traces] = [await rows(), await readTraces(engine)];
		expect(before.map(({ serviceName }) => serviceName)).to.deep.equal(['db', 'web']);
		await database.exec(`
			insert into image (name, appId, appUuid, serviceId, serviceName, imageId, releaseId, "commit", dockerImageId)
				select '${gone}', appId, appUuid, 99, 'job', 99, releaseId, "commit", 'sha256:${'0'.repeat(64)}' from image limit 1;
			update image set dockerImageId = null where serviceName = 'db';
		`);
		await device.start();
		await device.waitForOnTarget(commit);
		await device.waitFor('the table fits', async () => JSON.stringify(await rows()) === JSON.stringify(before));
		expect(await readTraces(engine)).to.deep.equal(traces);
		expect(device.logSinceStart()).to.not.match(/step started.*step=pullImage/);
	});
});
