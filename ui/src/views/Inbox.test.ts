import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import Inbox from '../features/inbox/Inbox.svelte';
import Settings from '../features/settings/Settings.svelte';
import { mockTransport } from '../ipc/mock/transport';
import { useTransport } from '../ipc/transport';
import * as sound from '../state/sound';
import { MOST, alerts, placed } from '../state/alerts.svelte';
import { navigation } from '../state/navigation.svelte';
import { preferences } from '../state/preferences.svelte';
import { toasts } from '../state/toasts.svelte';
import { workspace } from '../state/workspace.svelte';
import AlertBanner from './AlertBanner.svelte';
import Rail from './Rail.svelte';

let stop = () => {};

async function start(query = '') {
  const transport = mockTransport(`?mock&still&delay=0${query}`);
  useTransport(transport);
  stop = await workspace.start();
  return transport.world;
}

beforeEach(() => {
  toasts.list = [];
  preferences.sound = false;
  navigation.place = 'ledgers';
});
afterEach(() => {
  stop();
  vi.restoreAllMocks();
});

describe('the Inbox', () => {
  it('shows each alert with its severity as a number and a word, and counts those not seen on the rail', async () => {
    await start();
    render(Inbox);
    const rows = await screen.findAllByTestId('inbox-row');
    expect(rows[0]?.textContent).toContain('6 notable');
    expect(rows[0]?.textContent).toContain('SOL fell 4.6 %');
    render(Rail);
    await waitFor(() => expect(screen.getByTestId('badge-inbox').textContent).toBe('2 alerts not seen'));
  });

  it('opens an alert with Enter, which counts as seen; its link is text that leads nowhere', async () => {
    const world = await start('&listing');
    const { container } = render(Inbox);
    const grid = await screen.findByTestId('inbox-table');
    await fireEvent.keyDown(grid, { key: 'ArrowDown' });
    await fireEvent.keyDown(grid, { key: 'Enter' });
    expect((await screen.findByTestId('alert-link')).textContent).toMatch(/^https:\/\//);
    await waitFor(() => expect(world.alerts.view().unseen).toBe(2));
    await fireEvent.click(screen.getByTestId('alert-close'));
    await fireEvent.input(screen.getByTestId('inbox-filter'), { target: { value: 'aster' } });
    await waitFor(() => expect(screen.getAllByTestId('inbox-row')).toHaveLength(1));
    expect(screen.getByTestId('inbox-row').textContent).toContain('<b>ASTER</b>');
    expect(container.querySelector('a')).toBeNull();
  });

  it('narrows to those not seen, and marks all seen', async () => {
    await start();
    render(Inbox);
    await screen.findByTestId('inbox-table');
    await fireEvent.click(screen.getByTestId('inbox-unseen'));
    await waitFor(() => expect(screen.getAllByTestId('inbox-row')).toHaveLength(2));
    await fireEvent.click(screen.getByTestId('inbox-see-all'));
    expect((await screen.findByTestId('inbox-none')).textContent).toContain('All alerts were seen');
  });

  it('says that nothing waits, or why it cannot be read, or since when it is offline', async () => {
    await start('&empty');
    const empty = render(Inbox);
    expect((await screen.findByTestId('inbox-empty')).textContent).toContain('Listings');
    empty.unmount();
    stop();
    await start('&broken');
    const broken = render(Inbox);
    expect((await screen.findByTestId('inbox-error')).textContent).toContain('store_damaged');
    broken.unmount();
    stop();
    await start('&offline');
    render(Inbox);
    expect((await screen.findByTestId('inbox-offline')).textContent).toContain('Offline since');
  });
});

describe('the banner', () => {
  it('comes when a delisting is told, takes no focus, and is gone when it was dismissed', async () => {
    const world = await start();
    render(AlertBanner);
    expect(screen.queryByTestId('alert-banner')).toBeNull();
    const focused = document.activeElement;
    world.alerts.raise();
    const banner = await screen.findByTestId('alert-banner');
    expect(banner.textContent).toContain('Delisting');
    expect(banner.textContent).toContain('9 of 10, critical');
    expect(document.activeElement).toBe(focused);
    expect(screen.getByRole('alert').contains(banner)).toBe(true);
    await fireEvent.click(screen.getByTestId('banner-dismiss'));
    await waitFor(() => expect(screen.queryByTestId('alert-banner')).toBeNull());
    expect(world.alerts.view().alerts[0]?.seen_at).not.toBeNull();
  });

  it('leads to the alert in the Inbox', async () => {
    await start('&listing');
    render(AlertBanner);
    await fireEvent.click(await screen.findByTestId('banner-read'));
    expect(navigation.place).toBe('inbox');
    render(Inbox);
    expect(within(await screen.findByTestId('alert-dialog')).getByTestId('alert-detail').textContent).toContain('1 December');
  });
});

it('a sound is made when an alert is raised, if it was asked for', async () => {
  const beep = vi.spyOn(sound, 'beep').mockImplementation(() => {});
  const world = await start();
  await waitFor(() => expect(alerts.ready).toBe(true));
  world.alerts.raise();
  expect(beep).not.toHaveBeenCalled();
  preferences.sound = true;
  world.alerts.raise();
  expect(beep).toHaveBeenCalledTimes(1);
});

it('what is told is set in the workspace, rule by rule', async () => {
  const world = await start();
  render(Settings);
  await fireEvent.change(await screen.findByTestId('severity-min'), { target: { value: '7' } });
  await fireEvent.click(screen.getByTestId('mute-large_move'));
  await fireEvent.click(screen.getByTestId('notify-off'));
  await waitFor(() => expect(world.alerts.view().settings).toMatchObject({ severity_min: 7, muted: ['large_move'], notify: false }));
});

it('an alert told twice stands once, newest first, and the list stays bounded', async () => {
  const world = await start('&listing');
  const [newest, second] = world.alerts.view().alerts;
  const list = placed(placed([second!], newest!), { ...newest!, repeats: 3 });
  expect(list.map(({ id, repeats }) => [id, repeats])).toEqual([[newest!.id, 3], [second!.id, second!.repeats]]);
  const many = Array.from({ length: MOST }, (_, index) => ({ ...second!, id: `many-${index}` }));
  expect(placed(many, newest!)).toHaveLength(MOST);
});
