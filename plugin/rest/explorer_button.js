// SPDX-License-Identifier: GPL-3.0-or-later
// A button on Orthanc Explorer's page of a series, for MR only. jQuery Mobile as Orthanc 1.10 ships it.
(function () {
  var root = "@SPINESEG_ROOT@";

  $("#series").live("pagebeforecreate", function () {
    var button = $("<a>")
      .attr("id", "spineseg-segment")
      .attr("data-role", "button")
      .attr("href", "#")
      .attr("data-icon", "gear")
      .attr("data-theme", "e")
      .text("Segment lumbar spine (research)");
    button.insertBefore($("#series-delete").parent().parent());
    button.click(function (event) {
      event.preventDefault();
      if (!$.mobile.pageData) return;
      $.ajax({
        type: "POST",
        url: "../series/" + $.mobile.pageData.uuid + "/segment",
        data: "",
        success: function () { window.location.href = ".." + root + "app"; },
        error: function (answer) {
          var details = answer.responseText;
          try { details = JSON.parse(details).Details; } catch (ignored) { /* not ours: shown as it came */ }
          window.alert(details);
        }
      });
    });
  });

  $("#series").live("pagebeforeshow", function () {
    if (!$.mobile.pageData) return;
    $("#spineseg-segment").hide();
    $.getJSON("../series/" + $.mobile.pageData.uuid, function (series) {
      if (series.MainDicomTags && series.MainDicomTags.Modality === "MR") $("#spineseg-segment").show();
    });
  });
})();
