import type { Knex } from 'knex';
import * as m01 from '../../../migrations/20171129013519_legacy.ts';
import * as m02 from '../../../migrations/20171129064057_multicontainer.ts';
import * as m03 from '../../../migrations/20171214172530_image_docker_id.ts';
import * as m04 from '../../../migrations/20180516164000-endpoint-specific-apps.ts';
import * as m05 from '../../../migrations/20181907164000-endpoint-specific-logschannel.ts';
import * as m06 from '../../../migrations/20190619152500-engine-snapshot.ts';
import * as m07 from '../../../migrations/M00000.ts';
import * as m08 from '../../../migrations/M00001.ts';
import * as m09 from '../../../migrations/M00002.ts';
import * as m10 from '../../../migrations/M00003.ts';
import * as m11 from '../../../migrations/M00004.ts';
import * as m12 from '../../../migrations/M00005.ts';
import * as m13 from '../../../migrations/M00006.ts';
import * as m14 from '../../../migrations/M00007.ts';
import * as m15 from '../../../migrations/M00008.ts';
import * as m16 from '../../../migrations/M00009.ts';
import * as m17 from '../../../migrations/M00010.ts';
import * as m18 from '../../../migrations/M00011.ts';
import * as m19 from '../../../migrations/M00012.ts';
import * as own1 from '../../../migrations/own-0001-update-requests.ts';
import * as own2 from '../../../migrations/own-0002-crashes.ts';
import * as own3 from '../../../migrations/own-0003-anonymous-volumes.ts';
import * as own4 from '../../../migrations/own-0004-reboots.ts';
import * as own5 from '../../../migrations/own-0005-host-updates.ts';
import * as own6 from '../../../migrations/own-0006-supervisor-updates.ts';
import * as own7 from '../../../migrations/own-0007-history.ts';
import type { MigrationConfigJson } from './migration-config-json.ts';

export interface Migration {
	/** As recorded in the file of every device: never to be changed. */
	readonly name: string;
	readonly up: (db: Knex, configJson: MigrationConfigJson) => Promise<void>;
}

/**
 * The migrations that the predecessor knows, in its order. Closed: with a record that it does not know it cannot open
 * the file, so our own go to the list of own migrations.
 */
export const MIGRATIONS: readonly Migration[] = [
	{ name: '20171129013519_legacy.js', up: m01.up },
	{ name: '20171129064057_multicontainer.js', up: m02.up },
	{ name: '20171214172530_image_docker_id.js', up: m03.up },
	{ name: '20180516164000-endpoint-specific-apps.js', up: m04.up },
	{ name: '20181907164000-endpoint-specific-logschannel.js', up: m05.up },
	{ name: '20190619152500-engine-snapshot.js', up: m06.up },
	{ name: 'M00000.js', up: m07.up },
	{ name: 'M00001.js', up: m08.up },
	{ name: 'M00002.js', up: m09.up },
	{ name: 'M00003.js', up: m10.up },
	{ name: 'M00004.js', up: m11.up },
	{ name: 'M00005.js', up: m12.up },
	{ name: 'M00006.js', up: m13.up },
	{ name: 'M00007.js', up: m14.up },
	{ name: 'M00008.js', up: m15.up },
	{ name: 'M00009.js', up: m16.up },
	{ name: 'M00010.js', up: m17.up },
	{ name: 'M00011.js', up: m18.up },
	{ name: 'M00012.js', up: m19.up },
];

/** Additive only: tables, or columns with a default, which the predecessor ignores. */
export const OWN_MIGRATIONS: readonly Migration[] = [
	{ name: 'own-0001-update-requests', up: own1.up },
	{ name: 'own-0002-crashes', up: own2.up },
	{ name: 'own-0003-anonymous-volumes', up: own3.up },
	{ name: 'own-0004-reboots', up: own4.up },
	{ name: 'own-0005-host-updates', up: own5.up },
	{ name: 'own-0006-supervisor-updates', up: own6.up },
	{ name: 'own-0007-history', up: own7.up },
];

/** That there are after all migrations (spec: database 2). */
export const TABLES: readonly string[] = [
	'apiSecret',
	'app',
	'config',
	'currentCommit',
	'deviceConfig',
	'engineSnapshot',
	'image',
	'logsChannelSecret',
	'updateRequest',
	'crash',
	'anonymousVolume',
	'reboot',
	'hostUpdate',
	'supervisorUpdate',
	'history',
	'heldReason',
];
