/* The part of ECharts that core/charts.js draws with: a fifth less to send than its "common" build. Bundled by zhike.core.frontend. */
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { use } from "echarts/core";
import { LegacyGridContainLabel } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, ScatterChart, GridComponent, LegacyGridContainLabel, LegendComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

export { init } from "echarts/core";
