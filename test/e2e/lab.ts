/** JupyterLab as a person uses it. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** A busy machine may take its time. */
export const PATIENT = { timeout: 30_000 };

/** Replaces the text of a cell as a person does. */
export async function typeInto(page: Page, index: number, text: string): Promise<void> {
  const input = page.locator('.jp-Notebook .jp-Cell').nth(index).locator('.cm-content');
  await input.click({ timeout: 60_000 });
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
  await expect.poll(() => input.innerText(), PATIENT).toBe(text);
}

/** Saves, over what is on the disk if JupyterLab asks. */
export async function save(page: Page): Promise<void> {
  const saved = page.waitForResponse(
    (answer) => answer.request().method() === 'PUT' && answer.url().includes('lab1.ipynb'),
  );
  await page.keyboard.press('Control+s');
  const question = page.locator('.jp-Dialog').getByRole('button', { name: 'Overwrite' });
  await Promise.race([saved, question.click({ timeout: 30_000 }).then(() => saved)]);
}
