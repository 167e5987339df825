// Headlines as stories: what several outlets tell is one line. Pure; one pass over the items, however many there are.

import { keyOf, type Item } from './said';

export interface Story {
  /** The same as long as the story is. */
  readonly key: string;
  /** Who told it first; its words stand for the story. */
  readonly lead: Item;
  /** Everybody who tells it, the first first. */
  readonly members: readonly Item[];
  readonly outlets: number;
  readonly coins: readonly string[];
}

const byEvent = (a: Item, b: Item) => Date.parse(a.event) - Date.parse(b.event);

/** Stories in the order in which they were first told, the newest first. */
export function storiesOf(items: readonly Item[]): Story[] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item.meaning?.cluster ?? item.id);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  const stories = [...groups].map(([key, members]) => storyOf(key, members.sort(byEvent)));
  return stories.sort((a, b) => byEvent(b.lead, a.lead));
}

function storyOf(key: string, members: Item[]): Story {
  const lead = members.find((item) => item.key === key) ?? (members[0] as Item);
  const names = new Set(members.map((item) => item.from));
  const told = Math.max(names.size, ...members.map((item) => item.meaning?.outlets ?? 1));
  const coins = [...new Set(members.flatMap((item) => item.coins))];
  return { key, lead, members, outlets: told, coins };
}

/** An item that is its own story: announcements, filings and events are. */
export const alone = (item: Item): Story => ({ key: item.key, lead: item, members: [item], outlets: 1, coins: item.coins });

/** Who tells it, in few words. */
export const outletWords = (story: Story): string => (story.outlets > 1 ? `${story.outlets} outlets` : story.lead.from);
