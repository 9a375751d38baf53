// SPDX-License-Identifier: GPL-3.0-or-later
// What every file that draws something needs: preact with htm's templates. Values in a template become text, never markup.
import { h, render } from './vendor/preact.js';
import htm from './vendor/htm.js';

export { render };
export { useCallback, useEffect, useMemo, useRef, useState } from './vendor/hooks.js';
export const html = htm.bind(h);
