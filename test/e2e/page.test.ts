/** The page, in a real browser, with a real cluster behind it. */
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { closeBrowser, noBrowser, seriousFindings, TestPage } from '../helpers/browser.ts';
import { spawnCluster, TestCluster } from '../helpers/cluster.ts';

afterAll(closeBrowser);

describe.skipIf(noBrowser)('the page of a cluster', () => {
  test('shows the nodes; a line between them is a partition, whose lost messages it explains', async () => {
    await using cluster = await TestCluster.up(['--nodes', '3']);
    await using opened = await TestPage.open(cluster.page);
    const { page, problems } = opened;
    const node = page.getByRole('button', { name: /^n1, ready/ });
    await node.waitFor();

    // n1 is at the top of the ring: a level line below it cuts it off from n2 and n3.
    const ring = (await page.getByLabel('Cluster', { exact: true }).locator('svg').boundingBox())!;
    const y = ring.y + ring.height * 0.45;
    await page.mouse.move(ring.x + ring.width * 0.1, y);
    await page.mouse.down();
    await page.mouse.move(ring.x + ring.width * 0.9, y, { steps: 5 });
    await page.mouse.up();
    await page.getByText("pnpm cluster partition 'n2,n3 | n1'").waitFor();
    await page.getByRole('img', { name: 'done' }).waitFor();
    const [rule] = await cluster.client.rules();
    expect(rule).toMatchObject({ label: 'partition', spec: { kind: 'cut' } });

    await page.getByRole('button', { name: 'Time', exact: true }).click();
    await page.getByRole('button', { name: 'All of it' }).click();
    await page.getByRole('listitem').filter({ hasText: /^cut$/ }).waitFor();
    const unusual = page.getByRole('list', { name: 'Lost, held or late messages' });
    await unusual.getByRole('button', { name: /cut/ }).first().click();
    const panel = page.getByRole('complementary', { name: 'Message' });
    await panel.getByText(/cut: cut by a partition/).waitFor();
    await panel
      .getByText(/r1 .*cut/)
      .first()
      .waitFor();

    await page.getByRole('button', { name: /Heal everything/ }).click();
    await page.getByText('pnpm cluster heal --all').waitFor();
    await expect.poll(() => cluster.client.rules()).toEqual([]);
    expect(problems).toEqual([]);
  });

  test('a form of the page does what its command says', async () => {
    await using cluster = await TestCluster.up(['--nodes', '2']);
    await using opened = await TestPage.open(cluster.page);
    const { page, problems } = opened;
    await page.getByRole('button', { name: /^n2, ready/ }).click();
    await page.getByRole('button', { name: 'clock', exact: true }).click();
    await page.getByLabel('jump', { exact: true }).fill('+5s');
    await page.getByText('pnpm cluster clock n2 --jump +5s').waitFor();
    await page.getByRole('button', { name: 'clock n2' }).click();
    await page.getByRole('button', { name: /^n2, ready, clock \+5s/ }).waitFor();
    const { nodes } = await cluster.client.status();
    expect(nodes[1]!.clock.describes).toBe('+5s');

    await page.getByLabel('jump', { exact: true }).fill('soon');
    await page.getByRole('button', { name: 'clock n2', exact: true }).click();
    await page.getByText(/BAD_DURATION/).waitFor();
    // The browser reports each answer of an error.
    expect(problems.filter((problem) => !problem.includes('400'))).toEqual([]);
  });

  test('what a program says never becomes markup', async () => {
    const attack = '<img src=x onerror="document.title=1">';
    await using cluster = await TestCluster.up([
      '--nodes',
      '1',
      '--program',
      'test/fixtures/programs/says-markup.ts',
    ]);
    await cluster.client.call('n1', { type: attack });
    await using opened = await TestPage.open(cluster.page);
    const { page, problems } = opened;
    await page.getByRole('button', { name: /^n1, ready/ }).waitFor();
    await page.getByText(attack).first().waitFor();
    await page.getByRole('button', { name: 'Events', exact: true }).click();
    await page.getByText(attack).first().waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('Faultline');
    expect(problems).toEqual([]);
  });
});

describe.skipIf(noBrowser)('the page of a recorded run', () => {
  test('opens without a cluster, and shows the messages', async () => {
    const cluster = await TestCluster.up(['--nodes', '3']);
    await cluster.client.call('n1', { type: 'write', key: 'x', value: 1 });
    const { runDir } = cluster.status;
    await cluster.client.down();
    onTestFinished(() => cluster[Symbol.asyncDispose]());
    const server = spawnCluster(cluster.home, ['open', runDir, '--no-browser']);
    onTestFinished(() => void server.kill('SIGINT'));
    const url = await new Promise<string>((resolve) =>
      server.stdout!.once('data', (text) => resolve(String(text).trim())),
    );
    await using opened = await TestPage.open(url);
    const { page, problems } = opened;
    await page.getByText('the run is over', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Time', exact: true }).click();
    await page.getByText(/^[1-9]\d* messages/).waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const view of ['Cluster', 'Time', 'Events']) {
        await page.getByRole('button', { name: view, exact: true }).click();
        expect(await seriousFindings(page), `${view}, ${colorScheme}`).toEqual([]);
      }
    }
    expect(problems).toEqual([]);
  });
});
