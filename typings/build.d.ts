/** The version in package.json, written into the bundle by build-utils/bundle.ts. Not there when run from the sources. */
declare const SUPERVISOR_VERSION: string | undefined;
