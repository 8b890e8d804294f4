// Runs before the page is drawn: says that scripts work, and starts the NHS components that a page uses.
(function () {
  'use strict'
  var module = document.currentScript.dataset.nhsuk
  document.documentElement.classList.add('js')
  document.addEventListener('DOMContentLoaded', function () {
    document.body.classList.add('js-enabled', 'nhsuk-frontend-supported')
    if (document.querySelector('[data-module]')) {
      import(module).then(function (nhsuk) { nhsuk.initAll() })
    }
    document.addEventListener('click', function (event) {
      if (event.target.closest('[data-print]')) { window.print() }
    })
  })
})()
