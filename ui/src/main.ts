import '@fontsource-variable/inter/wght.css';
import './tokens.css';
import './app.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { connect } from './ipc/connect';
import { preferences } from './state/preferences.svelte';

preferences.apply();

const target = document.getElementById('app');
if (target) void connect(location.search).then(() => mount(App, { target }));
