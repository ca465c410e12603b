use super::*;

/// Takes parts away as long as this stays so.
fn shrunk(mut lab: Lab, is_so: impl Fn(&Lab) -> bool) -> Lab {
    while let Some(smaller) = lab.smaller().into_iter().find(&is_so) {
        assert!(smaller.size() < lab.size(), "a part was taken away");
        lab = smaller;
    }
    lab
}

#[test]
fn what_is_left_of_a_lab_is_what_matters() {
    let has = |lab: &Lab, words: &str| lab.text().contains(words);
    for seed in 1..40 {
        let lab = Lab::draw(seed);
        // A story's line and a setup's line that belong together, as far as this predicate knows.
        let is_so = |lab: &Lab| has(lab, "ipvsadm -Ln\"") && has(lab, "ipvsadm -A");
        assert!(is_so(&lab), "seed {seed}");
        let small = shrunk(lab, is_so);
        assert_eq!((small.machines.len(), small.story.len()), (1, 1), "{}", small.text());
        assert_eq!(small.machines[0].setup.len(), 1, "{}", small.text());
        assert!(small.cables.is_empty(), "{}", small.text());
    }
}

#[test]
fn draws_follow_their_weights_and_stay_in_their_bounds() {
    let mut dice = Dice::new(1, "test");
    let draws: Vec<u32> = (0..1000).map(|_| dice.between(3, 7)).collect();
    assert_eq!((draws.iter().min(), draws.iter().max()), (Some(&3), Some(&7)));
    let heavy = (0..1000).filter(|_| dice.weighted(&[(90, true), (10, false)])).count();
    assert!((850..950).contains(&heavy), "{heavy} of 1000 at 90%");
    assert!((0..100).all(|_| !dice.percent(0) && dice.percent(100)));
    let first = |part| Dice::new(7, part).below(u32::MAX);
    assert_ne!(first("one"), first("other"), "each part has its own stream");
    assert_eq!(first("one"), first("one"));
}
