import { build as esbuild } from 'esbuild';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/**
 * Puts a program of this repository into one file of JavaScript; packages stay outside. tsx would give each closure
 * its name at run time, which is a fifth of an incident.
 *
 * @param file to write, somewhere in this repository
 */
export async function bundle(entry: string, file: string): Promise<void> {
  await esbuild({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    plugins: [
      {
        name: 'this repository',
        setup(build) {
          build.onResolve({ filter: /^[^./]/ }, ({ path }) =>
            path.startsWith('local-aws') ? undefined : { path, external: true },
          );
          // A file finds its neighbours as if it were not in a bundle.
          build.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
            contents: readFileSync(path, 'utf8').replaceAll(
              'import.meta.url',
              JSON.stringify(pathToFileURL(path).href),
            ),
            loader: 'ts',
          }));
        },
      },
    ],
  });
}
