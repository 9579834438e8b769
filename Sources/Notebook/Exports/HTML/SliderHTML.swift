// The sliders of a page: the element that holds them, and the few hundred bytes of script that move them.
import Language

enum SliderHTML {
    /// Shows of each result the one that the sliders stand at. It asks for nothing from anywhere.
    static let script = #"""
        "use strict";for(const g of document.querySelectorAll(".knobs")){\#
        const k=[...g.querySelectorAll("input")],\#
        p=document.querySelectorAll('[data-play="'+g.dataset.of+'"]>[data-at]'),s=()=>{\#
        const a=k.map(x=>x.value).join();for(const v of p)v.hidden=v.dataset.at!==a;for(const x of k){\#
        const t=x.dataset.values.split("\n")[x.value];x.nextElementSibling.value=t;\#
        x.setAttribute("aria-valuetext",t)}};for(const x of k)x.addEventListener("input",s);g.hidden=false;\#
        s()}
        """#

    /// The rule of the page's policy that lets this script run and no other: its SHA-256.
    static let permission = "script-src 'sha256-UY9uCKpPtNmolvaWnkGKjsEa8Wd3Yxyh9Yjvp39xY0w='; "

    /// The sliders, unseen until the script runs that moves them.
    static func knobs(_ grid: SliderGrid) -> [String] {
        let rows = grid.sliders.indices.flatMap { index -> [String] in
            let slider = grid.sliders[index], place = grid.home[index], id = "slider-\(grid.group)-\(index + 1)"
            return [
                "<label for=\"\(id)\"><code>\(HTMLText.escaped(slider.name))</code></label>",
                """
                <input type="range" id="\(id)" min="0" max="\(slider.values.count - 1)" step="1" value="\(place)" \
                data-values="\(slider.values.map(HTMLText.escaped).joined(separator: "&#10;"))">
                """,
                "<output for=\"\(id)\">\(HTMLText.escaped(slider.values[place]))</output>",
            ]
        }
        return ["<div class=\"knobs\" data-of=\"\(grid.group)\" hidden>"] + rows + ["</div>"]
    }

    /// The element of a position's results.
    static func opening(at position: [Int], isHome: Bool) -> String {
        "<div data-at=\"\(position.map(String.init).joined(separator: ","))\"\(isHome ? "" : " hidden")>"
    }
}
