// eslint-disable-next-line @typescript-eslint/no-require-imports -- CommonJS, as the package it stands for
import stream = require('node:stream');

export = stream.Writable;
