import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildDocument, listAllRoutes, UndescribedError } from '../../../../tools/openapi/build-document.ts';
import { DESCRIPTIONS } from '../../../../tools/openapi/descriptions.ts';
import { generateFiles } from '../../../../tools/openapi/main.ts';
import omit from 'lodash/omit.js';

describe('the document of the API', () => {
	for (const [name, text] of Object.entries(generateFiles())) {
		it(`is up to date: ${name} (npm run docs:api writes it)`, () => {
			expect(readFileSync(join(import.meta.dirname, '../../../..', name), 'utf8') === text).to.equal(true);
		});
	}

	it('cannot be made while a route has no description, or a description no route', () => {
		const routes = listAllRoutes();
		const [described] = Object.values(DESCRIPTIONS);
		const bad = { ...omit(DESCRIPTIONS, ['GET /ping']), ...(described && { 'GET /pong': described }) };
		expect(() => buildDocument(routes, bad))
			.to.throw(UndescribedError)
			.with.property('message', 'GET /ping has no description\nGET /pong is described, and is no route');
		expect(() => buildDocument([...routes, ...routes.slice(0, 1)], DESCRIPTIONS)).to.throw(/is there twice/);
	});

	it('points only to what is in it, and names each operation once', () => {
		const document = buildDocument(listAllRoutes(), DESCRIPTIONS) as {
			readonly components: { readonly schemas: object };
		};
		const text = JSON.stringify(document);
		const pointed = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name = '']) => name);
		expect(Object.keys(document.components.schemas).sort()).to.deep.equal([...new Set(pointed)].sort());
		const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
		expect(ids).to.have.length(listAllRoutes().length);
		expect(new Set(ids).size).to.equal(ids.length);
	});
});
