// SPDX-License-Identifier: GPL-3.0-or-later
// Buttons on Orthanc Explorer's pages of a study and a series, for MR only. jQuery Mobile as Orthanc 1.10 ships it.
(function () {
  var root = "@SPINESEG_ROOT@";

  function addButton(page, id, text, click) {
    $("#" + page).live("pagebeforecreate", function () {
      var button = $("<a>")
        .attr("id", id)
        .attr("data-role", "button")
        .attr("href", "#")
        .attr("data-icon", "gear")
        .attr("data-theme", "e")
        .text(text);
      button.insertBefore($("#" + page + "-delete").parent().parent());
      button.click(function (event) {
        event.preventDefault();
        if ($.mobile.pageData) click($.mobile.pageData.uuid);
      });
    });
  }

  function show(view, uuid) {
    window.location.href = ".." + root + "app#/" + view + "/" + uuid;
  }

  function segment(uuid) {
    $.ajax({
      type: "POST",
      url: "../series/" + uuid + "/segment",
      data: "",
      success: function (job) { show("job", job.ID); },
      error: function (answer) {
        var details = answer.responseText;
        try { details = JSON.parse(details).Details; } catch (ignored) { /* not ours: shown as it came */ }
        window.alert(details);
      }
    });
  }

  addButton("study", "spineseg-study", "Lumbar spine segmentation (research)", function (uuid) { show("study", uuid); });
  addButton("series", "spineseg-segment", "Segment lumbar spine (research)", segment);
  addButton("series", "spineseg-series", "Lumbar spine segmentation: state (research)", function (uuid) { show("series", uuid); });

  $("#series").live("pagebeforeshow", function () {
    if (!$.mobile.pageData) return;
    var buttons = $("#spineseg-segment, #spineseg-series");
    buttons.hide();
    $.getJSON("../series/" + $.mobile.pageData.uuid, function (series) {
      if (series.MainDicomTags && series.MainDicomTags.Modality === "MR") buttons.show();
    });
  });

  $("#study").live("pagebeforeshow", function () {
    if (!$.mobile.pageData) return;
    $("#spineseg-study").hide();
    $.getJSON("../studies/" + $.mobile.pageData.uuid + "/series", function (list) {
      var magnetic = $.grep(list, function (series) { return series.MainDicomTags && series.MainDicomTags.Modality === "MR"; });
      if (magnetic.length > 0) $("#spineseg-study").show();
    });
  });
})();
