import type { Knex } from 'knex';

// Only for `npx knex migrate:make`. The program runs its migrations itself: src/adapters/sqlite/migration-list.ts.
const config: Knex.Config = {
	client: 'sqlite3',
	useNullAsDefault: true,
	migrations: { directory: './migrations', extension: 'ts' },
};

export default config; // knex wants a default export
