import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType } from 'aws-cdk-lib';
import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { buildSync, type OutputFile } from 'esbuild';
import type { Settings } from '../lambda/core/settings.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The runtime of all functions; its bundles also run on the development floor. */
export const RUNTIME = Runtime.NODEJS_24_X;

/** What esbuild makes of all handlers in one run, which reads what they share only once. */
function build(handlers: readonly string[]): readonly OutputFile[] {
  return buildSync({
    absWorkingDir: root,
    entryPoints: handlers.map((handler) => ({
      in: `lambda/functions/${handler}.ts`,
      out: `${handler}/index`,
    })),
    // Nothing is written there. A fixed place gives the source maps the same paths wherever the app's
    // output goes, so that the same code has the same asset hash.
    write: false,
    outdir: root,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Newer targets are not smaller.
    target: 'node20',
    minify: true,
    // Names and lines for stack traces; the sources themselves would be most of the package.
    sourcemap: true,
    sourcesContent: false,
    mainFields: ['module', 'main'],
    // The tracer's dependencies are CommonJS and ask for `require`.
    banner: {
      js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  }).outputFiles;
}

/** The code of the functions, with the checked settings as settings.json beside it. */
export class Bundles {
  readonly #handlers: readonly string[];
  readonly #settings: string;
  #built: readonly OutputFile[] | undefined;

  /** @param handlers files in lambda/functions/ without their ending */
  constructor(handlers: readonly string[], settings: Settings) {
    this.#handlers = handlers;
    this.#settings = JSON.stringify(settings);
  }

  /** Bundled only if the app is synthesized with bundles. @throws Error at synth with what esbuild found wrong. */
  codeOf(handler: string): Code {
    return Code.fromAsset(root, {
      assetHashType: AssetHashType.OUTPUT,
      bundling: {
        // Never started; by the command CDK tells one bundle of an app from another.
        image: RUNTIME.bundlingImage,
        command: [handler, createHash('sha256').update(this.#settings).digest('hex')],
        local: {
          tryBundle: (folder) => {
            this.#write(handler, folder);
            return true;
          },
        },
      },
    });
  }

  #write(handler: string, folder: string): void {
    this.#built ??= build(this.#handlers);
    const files = this.#built.filter(({ path }) => path.startsWith(join(root, handler, '/')));
    if (files.length === 0) throw new Error(`There is no bundle of ${handler}.`);
    for (const { path, contents } of files) writeFileSync(join(folder, basename(path)), contents);
    writeFileSync(join(folder, 'settings.json'), this.#settings);
  }
}
