// Runs before the page is drawn: says that scripts work, and starts the NHS components that a page uses.
(function () {
  'use strict'
  var module = document.currentScript.dataset.nhsuk

  // What has the focus must not lie under the patient's banner, whose height depends on the person (WCAG 2.4.11).
  function leaveRoom () {
    var banner = document.querySelector('.record .top')
    var sticky = banner && getComputedStyle(banner).position === 'sticky'
    document.documentElement.style.scrollPaddingTop = sticky ? banner.offsetHeight + 8 + 'px' : ''
  }

  document.documentElement.classList.add('js')
  document.addEventListener('DOMContentLoaded', function () {
    document.body.classList.add('js-enabled', 'nhsuk-frontend-supported')
    if (document.querySelector('[data-module]')) {
      import(module).then(function (nhsuk) { nhsuk.initAll() })
    }
    document.addEventListener('click', function (event) {
      if (event.target.closest('[data-print]')) { window.print() }
    })
    document.addEventListener('toggle', leaveRoom, true)
    window.addEventListener('resize', leaveRoom)
    leaveRoom()
  })
})()
