// SPDX-License-Identifier: GPL-3.0-or-later
// A component's data: loaded when what it depends on changes, or when reload() is called. The older answer is shown until then.
import { useCallback, useEffect, useRef, useState } from './view.js';

/** `load(signal)` answers the data. Returns {data, error, reload, change}; change() sets the data from outside. While an answer is on its
 *  way, reload() asks once more after it: it takes none away, or a page whose data change quickly would never be shown. */
export function useLoaded(load, depends) {
  const [state, setState] = useState({ data: null, error: null });
  const newest = useRef(load);
  newest.current = load;
  const current = useRef(null); // {controller, again}
  const begin = useCallback(async () => {
    current.current?.controller.abort();
    const own = { controller: new AbortController(), again: false };
    const { signal } = own.controller;
    current.current = own;
    try {
      const data = await newest.current(signal);
      if (!signal.aborted) setState({ data, error: null });
    } catch (error) {
      if (!signal.aborted) setState((before) => ({ data: before.data, error }));
    }
    if (signal.aborted) return;
    current.current = null;
    if (own.again) begin();
  }, []);
  const reload = useCallback(() => {
    if (current.current) current.current.again = true;
    else begin();
  }, []);
  useEffect(() => {
    begin();
    return () => current.current?.controller.abort();
  }, depends);
  const change = useCallback((how) => setState((before) => ({ ...before, data: how(before.data) })), []);
  return { ...state, reload, change };
}
